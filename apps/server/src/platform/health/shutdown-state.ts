import { Injectable } from '@nestjs/common';

/** Whether this process has been told to stop: it answers what it has, and asks for no more. */
@Injectable()
export class ShutdownState {
  stopping = false;
}
