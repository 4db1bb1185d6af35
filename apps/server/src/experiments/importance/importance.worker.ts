import { parentPort, workerData } from 'node:worker_threads';
import { importanceOf } from './parameter-importance.js';

parentPort?.postMessage(importanceOf(workerData));
