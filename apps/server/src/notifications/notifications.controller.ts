import { Body, Controller, Delete, Get, Param, Patch, Post, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import {
  Channel,
  ChannelPage,
  ChannelPreview,
  CreateChannel,
  Delivery,
  DeliveryPage,
  ListQuery,
  NotifierList,
  PreviewChannel,
  PreviewStoredChannel,
  UpdateChannel,
} from '@crisol/contracts';
import type { Actor } from '../platform/auth/actor.js';
import { Answers, Caller, IfMatch, Needs } from '../platform/http/route-decorators.js';
import { ChannelPreviews } from './channel-previews.js';
import { ChannelsService } from './channels.service.js';

@ApiTags('notifications')
@Controller('api/v1')
export class NotificationsController {
  constructor(
    private readonly channels: ChannelsService,
    private readonly previews: ChannelPreviews,
  ) {}

  @Get('notifiers')
  @Needs('notifications:read')
  @Answers(200, NotifierList, { id: 'listNotifiers', summary: 'List the notifiers that active plugins bring' })
  notifiers() {
    return this.channels.notifiers();
  }

  @Get('channels')
  @Needs('notifications:read')
  @Answers(200, ChannelPage, { id: 'listChannels', summary: 'List the channels' })
  list(@Query({ schema: ListQuery }) query: ListQuery) {
    return this.channels.list(query);
  }

  @Post('channels')
  @Needs('notifications:write')
  @Answers(201, Channel, { id: 'createChannel', summary: 'Create a channel' })
  create(@Caller() actor: Actor, @Body({ schema: CreateChannel }) body: CreateChannel) {
    return this.channels.create(actor, body);
  }

  @Post('channels/preview')
  @Needs('notifications:write')
  @Answers(200, ChannelPreview, { id: 'previewChannel', summary: 'Show what a channel would send, without making it' })
  preview(@Body({ schema: PreviewChannel }) body: PreviewChannel) {
    return this.previews.ofTarget(body);
  }

  @Get('channels/:channel')
  @Needs('notifications:read')
  @Answers(200, Channel, { id: 'getChannel', summary: 'Show a channel' })
  get(@Param('channel') channel: string) {
    return this.channels.get(channel);
  }

  @Patch('channels/:channel')
  @Needs('notifications:write')
  @Answers(200, Channel, { id: 'updateChannel', summary: 'Change a channel; secrets left out of the target keep their value' })
  update(
    @Caller() actor: Actor,
    @Param('channel') channel: string,
    @Body({ schema: UpdateChannel }) body: UpdateChannel,
    @IfMatch() revision: number | null | undefined,
  ) {
    return this.channels.update(actor, channel, body, revision);
  }

  @Delete('channels/:channel')
  @Needs('notifications:write')
  @Answers(204, null, { id: 'deleteChannel', summary: 'Delete a channel and its deliveries' })
  delete(@Caller() actor: Actor, @Param('channel') channel: string, @IfMatch() revision: number | null | undefined) {
    return this.channels.delete(actor, channel, revision);
  }

  @Post('channels/:channel/test')
  @Needs('notifications:write')
  @Answers(202, Delivery, { id: 'testChannel', summary: 'Send a test message' })
  test(@Caller() actor: Actor, @Param('channel') channel: string) {
    return this.channels.test(actor, channel);
  }

  @Post('channels/:channel/preview')
  @Needs('notifications:write')
  @Answers(200, ChannelPreview, { id: 'previewStoredChannel', summary: 'Show what a channel would send, also with another target' })
  previewStored(@Param('channel') channel: string, @Body({ schema: PreviewStoredChannel }) body: PreviewStoredChannel) {
    return this.previews.ofChannel(channel, body);
  }

  @Get('channels/:channel/deliveries')
  @Needs('notifications:read')
  @Answers(200, DeliveryPage, { id: 'listDeliveries', summary: 'List what was sent to a channel, and how it went' })
  deliveries(@Param('channel') channel: string, @Query({ schema: ListQuery }) query: ListQuery) {
    return this.channels.deliveries(channel, query);
  }

  @Post('channels/:channel/deliveries/:delivery/resend')
  @Needs('notifications:write')
  @Answers(202, Delivery, { id: 'resendDelivery', summary: 'Send a delivery once more, under the same id' })
  resend(@Caller() actor: Actor, @Param('channel') channel: string, @Param('delivery') delivery: string) {
    return this.channels.resend(actor, channel, delivery);
  }
}
