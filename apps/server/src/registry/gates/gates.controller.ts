import { Body, Controller, Delete, Get, HttpStatus, Param, Post, Put, Res } from '@nestjs/common';
import { Gate, GateList, Job, JudgementList, JudgeVersion, PutGate } from '@crisol/contracts';
import type { FastifyReply } from 'fastify';
import type { Actor } from '../../platform/auth/actor.js';
import { Answers, Caller, IfMatch, Needs } from '../../platform/http/route-decorators.js';
import { GatesService } from './gates.service.js';

@Controller('api/v1/models')
export class GatesController {
  constructor(private readonly gates: GatesService) {}

  @Get(':model/gates')
  @Needs('models:read')
  @Answers(200, GateList, { id: 'listGates', summary: 'What versions of a model must pass before an alias may move to them' })
  list(@Param('model') model: string): Promise<GateList> {
    return this.gates.list(model);
  }

  @Get(':model/gates/:gate')
  @Needs('models:read')
  @Answers(200, Gate, { id: 'getGate', summary: 'One gate, by id or name' })
  get(@Param('model') model: string, @Param('gate') gate: string): Promise<Gate> {
    return this.gates.get(model, gate);
  }

  @Put(':model/gates/:gate')
  @Needs('models:promote')
  @Answers(200, Gate, {
    id: 'putGate',
    summary: 'Make a gate or change what it asks; verdicts of an earlier revision do not count any more',
  })
  async put(
    @Caller() actor: Actor,
    @Param('model') model: string,
    @Param('gate') gate: string,
    @Body({ schema: PutGate }) body: PutGate,
    @IfMatch() expected: number | null | undefined,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<Gate> {
    const put = await this.gates.put(actor, model, gate, body, expected);
    void reply.status(put.made ? HttpStatus.CREATED : HttpStatus.OK);
    return put.gate;
  }

  @Delete(':model/gates/:gate')
  @Needs('models:promote')
  @Answers(204, null, { id: 'deleteGate', summary: 'Take a gate away; its verdicts stay readable' })
  remove(
    @Caller() actor: Actor,
    @Param('model') model: string,
    @Param('gate') gate: string,
    @IfMatch() expected: number | null | undefined,
  ): Promise<void> {
    return this.gates.remove(actor, model, gate, expected);
  }

  @Get(':model/versions/:version/judgements')
  @Needs('models:read')
  @Answers(200, JudgementList, { id: 'listJudgements', summary: 'Verdicts on a version, and where each enabled gate stands for it now' })
  judgements(@Param('model') model: string, @Param('version') version: string): Promise<JudgementList> {
    return this.gates.judgements(model, version);
  }

  @Post(':model/versions/:version/judgements')
  @Needs('models:write')
  @Answers(202, Job, { id: 'judgeVersion', summary: 'Have every enabled gate of an alias judge a version' })
  judge(
    @Caller() actor: Actor,
    @Param('model') model: string,
    @Param('version') version: string,
    @Body({ schema: JudgeVersion }) body: JudgeVersion,
  ): Promise<Job> {
    return this.gates.judge(actor, model, version, body.alias);
  }
}
