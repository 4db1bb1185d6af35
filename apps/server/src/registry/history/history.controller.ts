import { Controller, Get, Param, Query } from '@nestjs/common';
import { AsOfQuery, HistoryEventPage, HistoryQuery, ModelAsOf } from '@crisol/contracts';
import { Answers, Needs } from '../../platform/http/route-decorators.js';
import { HistoryService } from './history.service.js';

@Controller('api/v1/models')
export class HistoryController {
  constructor(private readonly history: HistoryService) {}

  @Get(':model/history')
  @Needs('models:read')
  @Answers(200, HistoryEventPage, {
    id: 'getModelHistory',
    summary: 'Moves of aliases and stages, versions, approvals and policies of a model, newest first',
  })
  page(@Param('model') model: string, @Query({ schema: HistoryQuery }) query: HistoryQuery): Promise<HistoryEventPage> {
    return this.history.page(model, query);
  }

  @Get(':model/as-of')
  @Needs('models:read')
  @Answers(200, ModelAsOf, { id: 'getModelAsOf', summary: 'What held at an instant: aliases, stages and versions; now when none is given' })
  asOf(@Param('model') model: string, @Query({ schema: AsOfQuery }) query: AsOfQuery): Promise<ModelAsOf> {
    return this.history.asOf(model, query.asOf ?? new Date().toISOString());
  }
}
