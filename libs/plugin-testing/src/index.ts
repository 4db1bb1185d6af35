export { ContractFailure, runContract, type CaseResult, type Contract, type ContractCase, type ContractOptions } from './contract.js';
export { describeContract, type TestRunner } from './describe-contract.js';
export { createPluginHarness, type HarnessOptions, type PluginHarness } from './plugin-harness.js';
export {
  FakeArtifacts,
  FakeBackground,
  FakeClock,
  FakeCommands,
  FakeDatabase,
  FakeDatasets,
  FakeHttpClient,
  FakeKeyValue,
  FakeLogger,
  FakeMetrics,
  FakeSecrets,
  makeFakes,
  type Fakes,
  type ScriptedAnswer,
  type SeenRequest,
} from './fakes/fake-refs.js';
export { type PluginSubject, type Situation } from './kits/common.js';
export { aMessage, notifierContract, type NotifierSubject } from './kits/notifier.contract.js';
export { permissions } from './permissions.js';
export { modelTypeContract } from './kits/model-type.contract.js';
export { aTrainingInput, silentReport, type ModelTypeSubject } from './kits/model-type/subject.js';
export { validatorContract } from './kits/validator.contract.js';
export { type ValidatorSubject } from './kits/validator/subject.js';
export { featureStoreContract } from './kits/feature-store.contract.js';
export { type DriverRow, type FeatureStoreSubject } from './kits/feature-store/subject.js';
export { columnTable } from './references/validator.js';
