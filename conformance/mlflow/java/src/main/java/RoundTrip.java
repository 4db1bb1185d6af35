import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import java.util.UUID;
import java.util.stream.Collectors;
import org.mlflow.api.proto.ModelRegistry.ModelVersion;
import org.mlflow.api.proto.Service.Experiment;
import org.mlflow.api.proto.Service.Metric;
import org.mlflow.api.proto.Service.Param;
import org.mlflow.api.proto.Service.Run;
import org.mlflow.api.proto.Service.RunInfo;
import org.mlflow.api.proto.Service.RunStatus;
import org.mlflow.api.proto.Service.RunTag;
import org.mlflow.api.proto.Service.ViewType;
import org.mlflow.tracking.MlflowClient;
import org.mlflow.tracking.MlflowHttpException;
import org.mlflow.tracking.creds.BasicMlflowHostCreds;

/** A round trip with MLflow's Java client: MLFLOW_TRACKING_URI and MLFLOW_TRACKING_TOKEN say where. */
public final class RoundTrip {
  private static int passed;
  private static int failed;

  public static void main(String[] arguments) throws IOException {
    String word = UUID.randomUUID().toString().substring(0, 8);
    String token = System.getenv("MLFLOW_TRACKING_TOKEN");
    String server = System.getenv("MLFLOW_TRACKING_URI");
    MlflowClient client = new MlflowClient(token == null ? new BasicMlflowHostCreds(server) : new BasicMlflowHostCreds(server, token));
    runs(client, word);
    // This client calls the Python client for files.
    if (System.getenv("VIRTUAL_ENV") != null) artifacts(client, word);
    registry(client, word);
    errors(client, word);
    System.out.println(passed + " passed, " + failed + " failed");
    System.exit(failed > 0 ? 1 : 0);
  }

  private static void runs(MlflowClient client, String word) {
    String experiment = client.createExperiment("java " + word);
    same(client.getExperiment(experiment).getName(), "java " + word, "name of the experiment");
    same(client.getExperimentByName("java " + word).get().getExperimentId(), experiment, "experiment by name");
    same(client.getExperimentByName("absent " + word).isPresent(), false, "absent experiment");
    client.setExperimentTag(experiment, "team", "blue");
    same(client.getExperiment(experiment).getTags(0).getValue(), "blue", "tag of the experiment");
    client.renameExperiment(experiment, "java renamed " + word);
    same(names(client.searchExperiments("name = 'java renamed " + word + "'").getItems()), List.of("java renamed " + word), "experiments found");

    RunInfo made = client.createRun(experiment);
    String run = made.getRunId();
    same(made.getStatus(), RunStatus.RUNNING, "status of a new run");
    client.logParam(run, "depth", "3");
    for (int step = 0; step < 5; step++) client.logMetric(run, "loss", 1.0 / (step + 1), 1000L + step, step);
    client.setTag(run, "who", "ada");
    client.logBatch(
        run,
        List.of(Metric.newBuilder().setKey("acc").setValue(0.75).setTimestamp(5000).setStep(2).build()),
        List.of(Param.newBuilder().setKey("opt").setValue("sgd").build()),
        List.of(RunTag.newBuilder().setKey("ñ").setValue("漢字").build()));
    Run read = client.getRun(run);
    same(read.getData().getMetricsList().stream().map(m -> m.getKey() + "=" + m.getValue()).sorted().collect(Collectors.toList()), List.of("acc=0.75", "loss=0.2"), "last metrics");
    same(read.getData().getParamsList().stream().map(p -> p.getKey() + "=" + p.getValue()).sorted().collect(Collectors.toList()), List.of("depth=3", "opt=sgd"), "params");
    same(read.getData().getTagsList().stream().anyMatch(t -> t.getKey().equals("ñ") && t.getValue().equals("漢字")), true, "tags");
    same(client.getMetricHistory(run, "loss").stream().map(m -> m.getStep() + ":" + m.getTimestamp()).collect(Collectors.toList()), List.of("0:1000", "1:1001", "2:1002", "3:1003", "4:1004"), "history");
    client.deleteTag(run, "who");
    same(client.getRun(run).getData().getTagsList().stream().anyMatch(t -> t.getKey().equals("who")), false, "tag gone");
    client.setTerminated(run, RunStatus.FINISHED, 9000);
    same(client.getRun(run).getInfo().getStatus(), RunStatus.FINISHED, "status afterwards");
    same(client.getRun(run).getInfo().getEndTime(), 9000L, "end");

    List<String> more = new ArrayList<>();
    for (int i = 0; i < 3; i++) {
      String other = client.createRun(experiment).getRunId();
      client.logMetric(other, "acc", i / 10.0);
      more.add(other);
    }
    List<String> best = client.searchRuns(List.of(experiment), "metrics.acc > 0.05", ViewType.ACTIVE_ONLY, 2, List.of("metrics.acc DESC")).getItems().stream().map(r -> r.getInfo().getRunId()).collect(Collectors.toList());
    same(best, List.of(run, more.get(2)), "first page of a search");
    client.deleteRun(run);
    same(client.searchRuns(List.of(experiment), "", ViewType.DELETED_ONLY, 10, Collections.emptyList()).getItems().size(), 1, "deleted runs");
    client.restoreRun(run);
    client.deleteExperiment(experiment);
    same(client.getExperiment(experiment).getLifecycleStage(), "deleted", "deleted experiment");
    client.restoreExperiment(experiment);
  }

  private static void artifacts(MlflowClient client, String word) throws IOException {
    String run = client.createRun(client.createExperiment("java files " + word)).getRunId();
    same(client.getRun(run).getInfo().getArtifactUri().startsWith("mlflow-artifacts:"), true, "artifacts are behind the server");
    Path file = Files.createTempFile("java", ".txt");
    Files.writeString(file, "héllo 漢字");
    client.logArtifact(run, file.toFile(), "sub");
    same(client.listArtifacts(run).stream().map(f -> f.getPath() + f.getIsDir()).collect(Collectors.toList()), List.of("subtrue"), "folders");
    same(client.listArtifacts(run, "sub").get(0).getFileSize(), Files.size(file), "size of a file");
    same(Files.readString(client.downloadArtifacts(run, "sub/" + file.getFileName()).toPath()), "héllo 漢字", "downloaded");
    Files.delete(file);
  }

  private static void registry(MlflowClient client, String word) {
    String run = client.createRun(client.createExperiment("java models " + word)).getRunId();
    String source = client.getRun(run).getInfo().getArtifactUri() + "/model";
    String name = "java-" + word;
    client.sendPost("registered-models/create", "{\"name\": \"" + name + "\"}");
    for (int i = 0; i < 2; i++)
      client.sendPost("model-versions/create", "{\"name\": \"" + name + "\", \"source\": \"" + source + "\", \"run_id\": \"" + run + "\"}");
    same(client.getRegisteredModel(name).getName(), name, "registered model");
    ModelVersion version = client.getModelVersion(name, "2");
    same(version.getSource(), source, "source of a version");
    same(client.getModelVersionDownloadUri(name, "1"), source, "where to download");
    same(client.searchModelVersions("name = '" + name + "'").getItems().size(), 2, "versions found");
    client.sendPost("model-versions/transition-stage", "{\"name\": \"" + name + "\", \"version\": \"1\", \"stage\": \"Production\", \"archive_existing_versions\": false}");
    same(client.getLatestVersions(name, List.of("Production")).get(0).getVersion(), "1", "latest in production");
  }

  private static void errors(MlflowClient client, String word) {
    refused(() -> client.getRun("0".repeat(32)), 404, "absent run");
    refused(() -> client.createExperiment("Default"), 400, "experiment that is there");
    refused(() -> client.getRegisteredModel("absent " + word), 404, "absent model");
  }

  private static List<String> names(List<Experiment> experiments) {
    return experiments.stream().map(Experiment::getName).collect(Collectors.toList());
  }

  private static void refused(Runnable call, int status, String what) {
    try {
      call.run();
      same("no error", status, what);
    } catch (MlflowHttpException error) {
      same(error.getStatusCode(), status, what);
    }
  }

  private static void same(Object got, Object want, String what) {
    if (Objects.equals(got, want)) {
      passed++;
      return;
    }
    failed++;
    System.out.println("FAIL " + what + ": got " + got + ", want " + want);
  }
}
