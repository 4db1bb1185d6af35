import { Body, Controller, Get, Param, Post, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { ApiKey, ApiKeyPage, CreateApiKey, CreatedApiKey, ListQuery, RotateApiKey } from '@crisol/contracts';
import { Answers, IfMatch, Needs } from '../../http/route-decorators.js';
import { WhoCalls } from '../guard/who-calls.js';
import type { Identity } from '../identity.js';
import { KeysService } from './keys.service.js';

@ApiTags('keys')
@Controller('api/v1/keys')
export class KeysController {
  constructor(private readonly keys: KeysService) {}

  @Get()
  @Needs('authenticated')
  @Answers(200, ApiKeyPage, { id: 'listKeys', summary: 'List API keys: all with keys:admin, else your own' })
  list(@WhoCalls() identity: Identity, @Query({ schema: ListQuery }) query: ListQuery) {
    return this.keys.list(identity, query);
  }

  @Post()
  @Needs('authenticated')
  @Answers(201, CreatedApiKey, { id: 'createKey', summary: 'Make an API key; its secret is shown this once' })
  create(@WhoCalls() identity: Identity, @Body({ schema: CreateApiKey }) body: CreateApiKey) {
    return this.keys.create(identity, body);
  }

  @Get(':key')
  @Needs('authenticated')
  @Answers(200, ApiKey, { id: 'getKey', summary: 'Show an API key' })
  get(@WhoCalls() identity: Identity, @Param('key') key: string) {
    return this.keys.get(identity, key);
  }

  @Post(':key/rotate')
  @Needs('authenticated')
  @Answers(200, CreatedApiKey, { id: 'rotateKey', summary: 'Give a key a new secret; the old one goes on for overlapMs' })
  rotate(
    @WhoCalls() identity: Identity,
    @Param('key') key: string,
    @Body({ schema: RotateApiKey }) body: RotateApiKey,
    @IfMatch() revision: number | null | undefined,
  ) {
    return this.keys.rotate(identity, key, body, revision);
  }

  @Post(':key/revoke')
  @Needs('authenticated')
  @Answers(200, ApiKey, { id: 'revokeKey', summary: 'End a key for good' })
  revoke(@WhoCalls() identity: Identity, @Param('key') key: string, @IfMatch() revision: number | null | undefined) {
    return this.keys.revoke(identity, key, revision);
  }
}
