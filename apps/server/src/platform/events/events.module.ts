import { Global, Module } from '@nestjs/common';
import { EventBus } from './event-bus.js';
import { EventStream } from './event-stream.js';
import { EventsController } from './events.controller.js';
import { PostgresEventBus } from './postgres-event-bus.js';
import { PostgresListener } from './postgres-listener.js';

@Global()
@Module({
  controllers: [EventsController],
  providers: [PostgresListener, PostgresEventBus, { provide: EventBus, useExisting: PostgresEventBus }, EventStream],
  exports: [EventBus, EventStream, PostgresListener],
})
export class EventsModule {}
