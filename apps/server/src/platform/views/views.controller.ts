import { Body, Controller, Delete, Get, Param, Post, Put, Query } from '@nestjs/common';
import { PutSavedView, SavedView, SavedViewList, SavedViewQuery } from '@crisol/contracts';
import type { Actor } from '../auth/actor.js';
import { Answers, Caller, Needs } from '../http/route-decorators.js';
import { ViewsService } from './views.service.js';

@Controller('api/v1/views')
export class ViewsController {
  constructor(private readonly views: ViewsService) {}

  @Get()
  @Needs('authenticated')
  @Answers(200, SavedViewList, { id: 'listViews', summary: 'Saved views of a page: your own and the shared ones' })
  list(@Caller() actor: Actor, @Query({ schema: SavedViewQuery }) query: SavedViewQuery): Promise<SavedViewList> {
    return this.views.list(actor, query.page);
  }

  @Post()
  @Needs('authenticated')
  @Answers(201, SavedView, { id: 'createView', summary: 'Save a view under a name' })
  create(@Caller() actor: Actor, @Body({ schema: PutSavedView }) body: PutSavedView): Promise<SavedView> {
    return this.views.create(actor, body);
  }

  @Put(':view')
  @Needs('authenticated')
  @Answers(200, SavedView, { id: 'putView', summary: 'Replace a view of your own' })
  put(@Caller() actor: Actor, @Param('view') view: string, @Body({ schema: PutSavedView }) body: PutSavedView): Promise<SavedView> {
    return this.views.put(actor, view, body);
  }

  @Delete(':view')
  @Needs('authenticated')
  @Answers(204, null, { id: 'deleteView', summary: 'Delete a view of your own' })
  remove(@Caller() actor: Actor, @Param('view') view: string): Promise<void> {
    return this.views.remove(actor, view);
  }
}
