export interface ExamineOptions {
  issuer: string;
  clientId?: string;
  /** Default in a page: its own. */
  origin?: string;
  /** Default: the origin and "/". */
  redirectUri?: string;
  /** Default: the redirect URI. */
  postLogoutRedirectUri?: string;
  /** Default "openid". */
  scope?: string;
  /** Bound of one request, in milliseconds. Default 10 000. */
  timeout?: number;
}

export interface Finding {
  readonly check:
    | "issuer" | "client" | "origin" | "metadata" | "clock" | "pkce" | "keys" | "token" | "userinfo" | "revocation" | "redirect" | "refresh"
    | "logout" | "policy";
  /** "skipped": it could not be looked at. */
  readonly verdict: "ok" | "warning" | "problem" | "skipped";
  readonly message: string;
  /** What to change, and where. */
  readonly fix: string | null;
}

export interface Report {
  readonly issuer: string;
  /** Whose places the fixes name. */
  readonly provider: string;
  /** No finding is a problem. */
  readonly ok: boolean;
  readonly findings: readonly Finding[];
}

/** Looks at a provider as a page of the app meets it. Nobody signs in, and nothing is changed. Rejects for nothing that it finds. */
export function examine(options: ExamineOptions): Promise<Report>;
