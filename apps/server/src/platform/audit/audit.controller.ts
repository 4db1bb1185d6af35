import { Controller, Get, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { AuditEventPage, ListQuery } from '@crisol/contracts';
import { Answers, Needs } from '../http/route-decorators.js';
import { AuditService } from './audit.service.js';

@ApiTags('audit')
@Controller('api/v1/audit-events')
export class AuditController {
  constructor(private readonly audit: AuditService) {}

  @Get()
  @Needs('audit:read')
  @Answers(200, AuditEventPage, { id: 'listAuditEvents', summary: 'List who did what, newest first' })
  list(@Query({ schema: ListQuery }) query: ListQuery) {
    return this.audit.list(query);
  }
}
