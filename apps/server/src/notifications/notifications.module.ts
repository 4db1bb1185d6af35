import { Module } from '@nestjs/common';
import { ChannelPreviews } from './channel-previews.js';
import { ChannelTargets } from './channel-targets.js';
import { ChannelUsers } from './channel-users.js';
import { ChannelsService } from './channels.service.js';
import { DeliverySender } from './delivery-sender.js';
import { NotificationsController } from './notifications.controller.js';
import { Outbox } from './outbox.js';

@Module({
  controllers: [NotificationsController],
  providers: [ChannelsService, ChannelTargets, ChannelPreviews, ChannelUsers, Outbox, DeliverySender],
})
export class NotificationsModule {}
