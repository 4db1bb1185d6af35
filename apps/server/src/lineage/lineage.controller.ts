import { Controller, Get, Query } from '@nestjs/common';
import { LineageGraph, LineageQuery } from '@crisol/contracts';
import { Answers, Needs } from '../platform/http/route-decorators.js';
import { LineageService } from './lineage.service.js';

@Controller('api/v1/lineage')
export class LineageController {
  constructor(private readonly lineage: LineageService) {}

  @Get('graph')
  @Needs('lineage:read')
  @Answers(200, LineageGraph, { id: 'getLineageGraph', summary: 'What came from what, around one node' })
  graph(@Query({ schema: LineageQuery }) query: LineageQuery): Promise<LineageGraph> {
    return this.lineage.graph(query);
  }
}
