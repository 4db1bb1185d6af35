/** How the session travels: `__Host-` and Secure on https; a plain-http start on loopback has to drop both. */
export class SessionCookie {
  readonly name: string;

  constructor(private readonly secure: boolean) {
    this.name = secure ? '__Host-crisol_session' : 'crisol_session';
  }

  /** The session's id in a Cookie header; null when there is none, or it is not one of ours. */
  read(header: string | undefined): string | null {
    for (const pair of (header ?? '').split(';')) {
      const at = pair.indexOf('=');
      if (pair.slice(0, at).trim() !== this.name) continue;
      const value = pair.slice(at + 1).trim();
      return /^[A-Za-z0-9_-]{43}$/.test(value) ? value : null;
    }
    return null;
  }

  /** The Set-Cookie header; ids are base64url, so nothing needs escaping. */
  write(sessionId: string, maxAgeSeconds: number): string {
    return `${this.name}=${sessionId}; Path=/; Max-Age=${maxAgeSeconds}; HttpOnly; SameSite=Lax${this.secure ? '; Secure' : ''}`;
  }

  clear(): string {
    return this.write('', 0);
  }
}
