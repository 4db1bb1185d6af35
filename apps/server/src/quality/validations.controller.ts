import { Controller, Get, Param, Query } from '@nestjs/common';
import { FailingRowQuery, RowPage, Validation, ValidationListQuery, ValidationPage } from '@crisol/contracts';
import { Answers, Needs } from '../platform/http/route-decorators.js';
import { ValidationsService } from './validations.service.js';

@Controller('api/v1/validations')
export class ValidationsController {
  constructor(private readonly validations: ValidationsService) {}

  @Get()
  @Needs('quality:read')
  @Answers(200, ValidationPage, { id: 'listValidations', summary: 'Validation results, newest first' })
  list(@Query({ schema: ValidationListQuery }) query: ValidationListQuery): Promise<ValidationPage> {
    return this.validations.list(query);
  }

  @Get(':validation')
  @Needs('quality:read')
  @Answers(200, Validation, { id: 'getValidation', summary: 'What one run of a suite found' })
  get(@Param('validation') validation: string): Promise<Validation> {
    return this.validations.get(validation);
  }

  @Get(':validation/failing-rows')
  @Needs('quality:read')
  @Answers(200, RowPage, { id: 'listFailingRows', summary: 'The rows that broke one check, with all columns' })
  failingRows(@Param('validation') validation: string, @Query({ schema: FailingRowQuery }) query: FailingRowQuery): Promise<RowPage> {
    return this.validations.failingRows(validation, query);
  }
}
