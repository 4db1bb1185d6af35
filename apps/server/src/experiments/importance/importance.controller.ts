import { Body, Controller, HttpCode, Post } from '@nestjs/common';
import { ParameterImportance, ReadImportance } from '@crisol/contracts';
import { Answers, Needs } from '../../platform/http/route-decorators.js';
import { ImportanceService } from './importance.service.js';

@Controller('api/v1/runs/importance')
export class ImportanceController {
  constructor(private readonly importance: ImportanceService) {}

  @Post()
  @HttpCode(200)
  @Needs('experiments:read')
  @Answers(200, ParameterImportance, {
    id: 'readParameterImportance',
    summary: 'Which parameters a metric depends on, over the runs of a choice',
  })
  read(@Body({ schema: ReadImportance }) body: ReadImportance): Promise<ParameterImportance> {
    return this.importance.read(body);
  }
}
