import { Injectable } from '@nestjs/common';
import { SecretBox, type SealedText } from './secret-box.js';

/** Seals and opens the secrets of one owner (a plugin, a channel), each bound to its owner and field. */
@Injectable()
export class PluginSecrets {
  constructor(private readonly box: SecretBox) {}

  seal(owner: string, secrets: Readonly<Record<string, string>>): Record<string, SealedText> {
    return Object.fromEntries(Object.entries(secrets).map(([name, text]) => [name, this.box.seal(text, `${owner}/${name}`)]));
  }

  /** As `open`; null when they were sealed with another master key. */
  readable(owner: string, sealed: Readonly<Record<string, SealedText>>): Record<string, string> | null {
    return Object.values(sealed).every((text) => this.box.isOurs(text)) ? this.open(owner, sealed) : null;
  }

  open(owner: string, sealed: Readonly<Record<string, SealedText>>): Record<string, string> {
    return Object.fromEntries(Object.entries(sealed).map(([name, text]) => [name, this.box.open(text, `${owner}/${name}`)]));
  }
}
