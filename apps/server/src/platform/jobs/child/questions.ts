import { serialize } from 'node:v8';
import { QuestionRefused } from '../job-handler.js';
import { maxQuestionBytes, type FromChild, type ToChild } from './job-messages.js';

interface Waiting {
  resolve(answer: unknown): void;
  reject(error: Error): void;
}

/** The child's questions to its worker, by number, until they are answered. */
export class Questions {
  readonly #waiting = new Map<number, Waiting>();
  #last = 0;

  constructor(private readonly send: (message: FromChild) => void) {}

  ask(topic: string, body: unknown): Promise<unknown> {
    const sizeBytes = serialize(body).byteLength;
    if (sizeBytes > maxQuestionBytes)
      return Promise.reject(new RangeError(`A question has at most ${maxQuestionBytes} bytes, this one ${sizeBytes}.`));
    const number = ++this.#last;
    return new Promise((resolve, reject) => {
      this.#waiting.set(number, { resolve, reject });
      this.send({ type: 'question', number, topic, body });
    });
  }

  take(message: Extract<ToChild, { type: 'answer' | 'refusal' }>): void {
    const waiting = this.#waiting.get(message.number);
    this.#waiting.delete(message.number);
    if (message.type === 'answer') waiting?.resolve(message.answer);
    else waiting?.reject(new QuestionRefused(message.code, message.message));
  }
}
