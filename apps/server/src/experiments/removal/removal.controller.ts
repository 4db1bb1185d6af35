import { Body, Controller, HttpCode, HttpStatus, Param, Post } from '@nestjs/common';
import { RemoveExperiment } from '@crisol/contracts';
import type { Actor } from '../../platform/auth/actor.js';
import { Answers, Caller, Needs } from '../../platform/http/route-decorators.js';
import { RemovalService } from './removal.service.js';

@Controller('api/v1')
export class RemovalController {
  constructor(private readonly removal: RemovalService) {}

  @Post('experiments/:experiment/remove')
  @Needs('experiments:write')
  @HttpCode(HttpStatus.NO_CONTENT)
  @Answers(204, null, { id: 'removeExperiment', summary: 'Remove a deleted experiment for good, with its runs and files' })
  removeExperiment(
    @Caller() actor: Actor,
    @Param('experiment') experiment: string,
    @Body({ schema: RemoveExperiment }) body: RemoveExperiment,
  ): Promise<void> {
    return this.removal.removeExperiment(actor, experiment, body.confirm);
  }

  @Post('runs/:run/remove')
  @Needs('experiments:write')
  @HttpCode(HttpStatus.NO_CONTENT)
  @Answers(204, null, { id: 'removeRun', summary: 'Remove a deleted run for good, with its points and files' })
  removeRun(@Caller() actor: Actor, @Param('run') run: string): Promise<void> {
    return this.removal.removeRun(actor, run);
  }
}
