import { Controller, Get } from '@nestjs/common';
import { ModelTypeList } from '@crisol/contracts';
import { Answers, Needs } from '../platform/http/route-decorators.js';
import { ModelTypes } from './model-types.js';

@Controller('api/v1/model-types')
export class TrainingController {
  constructor(private readonly modelTypes: ModelTypes) {}

  @Get()
  @Needs('training:read')
  @Answers(200, ModelTypeList, { id: 'listModelTypes', summary: 'Model types that can be trained, with the schema of their parameters' })
  list(): ModelTypeList {
    return this.modelTypes.list();
  }
}
