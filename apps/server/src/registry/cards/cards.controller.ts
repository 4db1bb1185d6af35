import { Body, Controller, Get, Param, Put, Res } from '@nestjs/common';
import { ApiProduces } from '@nestjs/swagger';
import { ModelCard, PutModelCard } from '@crisol/contracts';
import type { FastifyReply } from 'fastify';
import type { Actor } from '../../platform/auth/actor.js';
import { pageHeaders } from '../../platform/http/html.js';
import { Answers, Caller, IfMatch, Needs } from '../../platform/http/route-decorators.js';
import { cardMarkdown } from './card-markdown.js';
import { cardPage } from './card-page.js';
import { CardsService } from './cards.service.js';

@Controller('api/v1/models')
export class CardsController {
  constructor(private readonly cards: CardsService) {}

  @Get(':model/versions/:version/card')
  @Needs('models:read')
  @Answers(200, ModelCard, { id: 'getModelCard', summary: 'What is known of a version, and what people wrote about it' })
  get(@Param('model') model: string, @Param('version') version: string): Promise<ModelCard> {
    return this.cards.get(model, version);
  }

  @Put(':model/versions/:version/card')
  @Needs('models:write')
  @Answers(200, ModelCard, { id: 'putModelCard', summary: 'Replace the words on the card of a version' })
  put(
    @Caller() actor: Actor,
    @Param('model') model: string,
    @Param('version') version: string,
    @Body({ schema: PutModelCard }) body: PutModelCard,
    @IfMatch() expected: number | null | undefined,
  ): Promise<ModelCard> {
    return this.cards.put(actor, model, version, body, expected);
  }

  @Get(':model/versions/:version/card.md')
  @Needs('models:read')
  @ApiProduces('text/markdown')
  @Answers(200, null, { id: 'getModelCardMarkdown', summary: 'The card as Markdown' })
  async markdown(
    @Param('model') model: string,
    @Param('version') version: string,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<string> {
    const text = cardMarkdown(await this.cards.get(model, version));
    void reply.headers({ 'content-type': 'text/markdown; charset=utf-8', 'x-content-type-options': 'nosniff' });
    return text;
  }

  @Get(':model/versions/:version/card.html')
  @Needs('models:read')
  @ApiProduces('text/html')
  @Answers(200, null, { id: 'getModelCardPage', summary: 'The card as a page that stands alone and prints' })
  async page(
    @Param('model') model: string,
    @Param('version') version: string,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<string> {
    const text = cardPage(await this.cards.get(model, version));
    void reply.headers(pageHeaders);
    return text;
  }
}
