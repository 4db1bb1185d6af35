import { Global, Module } from '@nestjs/common';
import { AuditController } from './audit.controller.js';
import { Audit } from './audit.js';
import { AuditService } from './audit.service.js';
import { ChainedAudit } from './chained-audit.js';

@Global()
@Module({
  controllers: [AuditController],
  providers: [AuditService, ChainedAudit, { provide: Audit, useExisting: ChainedAudit }],
  exports: [Audit, ChainedAudit],
})
export class AuditModule {}
