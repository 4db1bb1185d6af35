import type { NotificationEvent } from '@crisol/contracts';
import { tMaybe } from '../../../shared/i18n/messages';

/** An event in words. */
export const eventTitle = (event: NotificationEvent): string => tMaybe(`notifications.event_${event.replace('.', '_')}`, event);
