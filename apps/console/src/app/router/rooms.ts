import { accessRoom } from '../../rooms/access/room';
import { datasetsRoom } from '../../rooms/datasets/room';
import { experimentsRoom } from '../../rooms/experiments/room';
import { featuresRoom } from '../../rooms/features/room';
import { jobsRoom } from '../../rooms/jobs/room';
import { notificationsRoom } from '../../rooms/notifications/room';
import { overviewRoom } from '../../rooms/overview/room';
import { pluginsRoom } from '../../rooms/plugins/room';
import { registryRoom } from '../../rooms/registry/room';
import { servingRoom } from '../../rooms/serving/room';
import { settingsRoom } from '../../rooms/settings/room';
import { trainingRoom } from '../../rooms/training/room';
import type { MenuEntry, Room } from './room';

export const rooms: readonly Room[] = [
  overviewRoom,
  servingRoom,
  datasetsRoom,
  featuresRoom,
  experimentsRoom,
  trainingRoom,
  registryRoom,
  jobsRoom,
  notificationsRoom,
  pluginsRoom,
  accessRoom,
  settingsRoom,
];
export const menu: readonly MenuEntry[] = rooms.flatMap((room) => room.menu).toSorted((a, b) => a.order - b.order);
