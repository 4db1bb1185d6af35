import { Body, Controller, Delete, Get, Param, Patch, Post, Query } from '@nestjs/common';
import {
  CheckTypeList,
  CreateSuite,
  SuggestChecks,
  SuggestedChecks,
  Suite,
  SuiteListQuery,
  SuitePage,
  UpdateSuite,
} from '@crisol/contracts';
import type { Actor } from '../platform/auth/actor.js';
import { Answers, Caller, IfMatch, Needs } from '../platform/http/route-decorators.js';
import { SuitesService } from './suites.service.js';
import { Validators } from './validators.js';

@Controller('api/v1/suites')
export class SuitesController {
  constructor(private readonly suites: SuitesService) {}

  @Get()
  @Needs('quality:read')
  @Answers(200, SuitePage, { id: 'listSuites', summary: 'Suites, newest first' })
  list(@Query({ schema: SuiteListQuery }) query: SuiteListQuery): Promise<SuitePage> {
    return this.suites.list(query);
  }

  @Post()
  @Needs('quality:write')
  @Answers(201, Suite, { id: 'createSuite', summary: 'Make a suite of checks for a data set' })
  create(@Caller() actor: Actor, @Body({ schema: CreateSuite }) body: CreateSuite): Promise<Suite> {
    return this.suites.create(actor, body);
  }

  @Post('suggest')
  @Needs('quality:read')
  @Answers(200, SuggestedChecks, { id: 'suggestChecks', summary: 'Checks that follow from the profile of a version' })
  suggest(@Body({ schema: SuggestChecks }) body: SuggestChecks): Promise<SuggestedChecks> {
    return this.suites.suggest(body);
  }

  @Get(':suite')
  @Needs('quality:read')
  @Answers(200, Suite, { id: 'getSuite', summary: 'One suite, by id or name' })
  get(@Param('suite') suite: string): Promise<Suite> {
    return this.suites.get(suite);
  }

  @Patch(':suite')
  @Needs('quality:write')
  @Answers(200, Suite, { id: 'updateSuite', summary: 'Change the checks or the tags' })
  update(
    @Caller() actor: Actor,
    @Param('suite') suite: string,
    @Body({ schema: UpdateSuite }) body: UpdateSuite,
    @IfMatch() revision: number | null | undefined,
  ): Promise<Suite> {
    return this.suites.update(actor, suite, body, revision);
  }

  @Delete(':suite')
  @Needs('quality:write')
  @Answers(204, null, { id: 'deleteSuite', summary: 'Delete a suite; its results stay' })
  delete(@Caller() actor: Actor, @Param('suite') suite: string): Promise<void> {
    return this.suites.delete(actor, suite);
  }
}

@Controller('api/v1/check-types')
export class CheckTypesController {
  constructor(private readonly validators: Validators) {}

  @Get()
  @Needs('quality:read')
  @Answers(200, CheckTypeList, { id: 'listCheckTypes', summary: 'Check types of the active validators' })
  list(): CheckTypeList {
    return this.validators.list();
  }
}
