// Which session a call is about: the one that `provider` and `subject` name, and the active one where they name none.

export function chosen({ session, sessions }, { provider, subject } = {}) {
  if (provider === undefined && subject === undefined) return session;
  const fits = (each) => (provider ?? each.provider) === each.provider && (subject ?? each.subject) === each.subject;
  return sessions.find(fits) ?? null;
}
