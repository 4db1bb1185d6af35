import { Controller, Get, Param, Res } from '@nestjs/common';
import { ApiProduces } from '@nestjs/swagger';
import { EvidenceBundle, EvidenceKeyList } from '@crisol/contracts';
import type { FastifyReply } from 'fastify';
import { pageHeaders } from '../../platform/http/html.js';
import { Answers, Needs } from '../../platform/http/route-decorators.js';
import { EvidenceKeys } from './evidence-keys.js';
import { EvidenceService } from './evidence.service.js';

@Controller('api/v1')
export class EvidenceController {
  constructor(
    private readonly evidence: EvidenceService,
    private readonly keys: EvidenceKeys,
  ) {}

  @Get('models/:model/history/:event/evidence')
  @Needs('models:read')
  @Answers(200, EvidenceBundle, { id: 'getEvidence', summary: 'What spoke for a move of an alias, signed when it was made' })
  bundle(@Param('model') model: string, @Param('event') event: string): Promise<EvidenceBundle> {
    return this.evidence.bundle(model, event);
  }

  @Get('models/:model/history/:event/evidence.html')
  @Needs('models:read')
  @ApiProduces('text/html')
  @Answers(200, null, { id: 'getEvidencePage', summary: 'The same for people: a page that stands alone and prints' })
  async page(
    @Param('model') model: string,
    @Param('event') event: string,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<string> {
    const text = await this.evidence.page(model, event);
    void reply.headers(pageHeaders);
    return text;
  }

  @Get('evidence/:event')
  @Needs('models:read')
  @Answers(200, EvidenceBundle, { id: 'getEvidenceOfEvent', summary: 'The signed evidence of a move, by its event alone' })
  bundleOf(@Param('event') event: string): Promise<EvidenceBundle> {
    return this.evidence.bundleOf(event);
  }

  @Get('evidence-keys')
  @Needs('models:read')
  @Answers(200, EvidenceKeyList, { id: 'listEvidenceKeys', summary: 'Public keys that evidence is signed with, the newest first' })
  listKeys(): Promise<EvidenceKeyList> {
    return this.keys.list();
  }
}
