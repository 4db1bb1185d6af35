import { Global, Module, type DynamicModule } from '@nestjs/common';
import { Config } from './config.js';
import { LoadedConfig } from './load-config.js';

@Global()
@Module({})
export class ConfigModule {
  static forRoot(config: LoadedConfig): DynamicModule {
    return {
      module: ConfigModule,
      providers: [
        { provide: LoadedConfig, useValue: config },
        { provide: Config, useExisting: LoadedConfig },
      ],
      exports: [Config, LoadedConfig],
    };
  }
}
