import { Module } from '@nestjs/common';
import { ChannelsService } from './channels.service.js';
import { DeliverySender } from './delivery-sender.js';
import { NotificationsController } from './notifications.controller.js';
import { Outbox } from './outbox.js';

@Module({ controllers: [NotificationsController], providers: [ChannelsService, Outbox, DeliverySender] })
export class NotificationsModule {}
