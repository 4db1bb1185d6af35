import type { z } from 'zod';

/** Something that happened, ready to be told. @public @since 1.0 */
export interface NotificationMessage {
  /** The same for every attempt to deliver this message to this channel: the receiver drops what it has seen. */
  readonly id: string;
  /** `<noun>.<past>`, such as `job.finished`. */
  readonly type: string;
  /** Milliseconds since 1970-01-01 UTC, of the event. */
  readonly at: number;
  readonly severity: 'info' | 'warning' | 'critical';
  readonly title: string;
  readonly text: string;
  readonly data: Readonly<Record<string, unknown>>;
  /** Page of the console that shows more, when one is known. */
  readonly link?: string;
}
/** What a delivery left behind. @public @since 1.0 */
export interface DeliveryReceipt {
  /** Milliseconds since 1970-01-01 UTC. */
  readonly deliveredAt: number;
  readonly reference?: string;
}
/**
 * Tells somebody. One instance serves all channels of its kind; what differs between channels is in `target`.
 * @typeParam Target - the type that the target schema gives
 * @public
 * @since 1.0
 */
export interface Notifier<Target = unknown> {
  /** Unique among notifiers, kebab-case, such as `webhook`. */
  readonly name: string;
  readonly title: string;
  /** Strict object schema of a channel's settings. Mark secrets with `secret(…)`. */
  readonly target: z.ZodType<Target>;
  /**
   * Delivers one message.
   * @throws PluginError `retry` when another try makes sense, `rejected` when it does not
   */
  send(message: NotificationMessage, target: Target, signal: AbortSignal): Promise<DeliveryReceipt>;
  /** What would be sent, as text, without sending it. */
  preview?(message: NotificationMessage, target: Target): string | Promise<string>;
}
