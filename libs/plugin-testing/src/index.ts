export { ContractFailure, runContract, type CaseResult, type Contract, type ContractCase, type ContractOptions } from './contract.js';
export { describeContract, type TestRunner } from './describe-contract.js';
export { createPluginHarness, type PluginHarness } from './plugin-harness.js';
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
export { type PluginSubject } from './kits/common.js';
export { aMessage, notifierContract, type NotifierSubject } from './kits/notifier.contract.js';
export { permissions } from './permissions.js';
export { aTrainingInput, modelTypeContract, silentReport, type ModelTypeSubject } from './kits/model-type.contract.js';
export { validatorContract, type ValidatorSubject } from './kits/validator.contract.js';
export { featureStoreContract, type DriverRow, type FeatureStoreSubject } from './kits/feature-store.contract.js';
export { columnTable } from './references/validator.js';
