import { renderTemplate, type NotificationMessage } from '@crisol/plugin-api';
import type { AlertmanagerTarget } from './alertmanager.settings.js';

/** One `postableAlert` of the Alertmanager API v2. */
export interface PostableAlert {
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly startsAt?: string;
  readonly endsAt: string;
  readonly generatorURL?: string;
}

/**
 * Makes an alert. The Alertmanager knows an alert again by all of its labels, so `alert.firing` and `alert.resolved` get the
 * same ones: nothing that differs between the two may stand there. `endsAt` is always given, since the Alertmanager would end
 * an alert after its `resolve_timeout` that nobody sends again.
 */
export function alertOf(message: NotificationMessage, target: AlertmanagerTarget): PostableAlert {
  const isAlert = message.type === 'alert.firing' || message.type === 'alert.resolved';
  const text = (name: string): string | undefined => {
    const value = message.data[name];
    return typeof value === 'string' && value !== '' ? value : undefined;
  };
  const severity = isAlert ? text('severity') : message.severity;
  const rule = isAlert ? (text('rule') ?? text('name')) : undefined;
  const key = isAlert ? (text('key') ?? text('alert') ?? text('id')) : undefined;
  const startsAt = message.type === 'alert.resolved' ? text('firedAt') : iso(message.at);
  return {
    labels: {
      ...target.labels,
      alertname: rule ?? (isAlert ? 'CrisolAlert' : nameOf(message.type)),
      ...(severity && { severity }),
      crisol_event: isAlert ? 'alert' : message.type,
      crisol_key: key ?? message.id,
    },
    annotations: {
      summary: renderTemplate(target.summaryTemplate, message),
      description: renderTemplate(target.descriptionTemplate, message),
      severity: message.severity,
      message_id: message.id,
    },
    ...(startsAt !== undefined && { startsAt }),
    endsAt: iso(endOf(message, target)),
    ...(message.link && { generatorURL: message.link }),
  };
}

function endOf({ type, at }: NotificationMessage, { alertHours, eventMinutes }: AlertmanagerTarget): number {
  if (type === 'alert.resolved') return at;
  return at + (type === 'alert.firing' ? alertHours * 3_600_000 : eventMinutes * 60_000);
}

const iso = (at: number): string => new Date(at).toISOString();

/** `job.failed` becomes `CrisolJobFailed`. */
function nameOf(type: string): string {
  return `Crisol${type.replace(/(?:^|[^a-zA-Z0-9]+)([a-zA-Z0-9])/g, (_, letter: string) => letter.toUpperCase())}`;
}
