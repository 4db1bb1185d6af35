"""What Feast's own Python client says: reads `{"features", "entities"}` a line from stdin, writes names, values, statuses and times."""

import json
import sys

from feast import FeatureStore
from feast.protos.feast.serving.ServingService_pb2 import FieldStatus

store = FeatureStore(repo_path=".")
for line in sys.stdin:
    asked = json.loads(line)
    answer = store.get_online_features(features=asked["features"], entity_rows=asked["entities"], full_feature_names=True)
    values = answer.to_dict()
    names = list(answer.proto.metadata.feature_names.val)
    columns = {
        name: {
            "values": [value if not hasattr(value, "isoformat") else value.isoformat() for value in values[name]],
            "statuses": [FieldStatus.Name(status) for status in result.statuses],
            "eventTimes": [stamp.seconds * 1000 + stamp.nanos // 1_000_000 for stamp in result.event_timestamps],
        }
        for name, result in zip(names, answer.proto.results)
    }
    print(json.dumps(columns), flush=True)
