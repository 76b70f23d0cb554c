// Several tabs that act in the same moment.

const ask = () => auth.getAccessToken().catch((error) => `rejected: ${error.code}`);

/** This tab asks for a token whenever the leader says so. */
export function joinCrew() {
  const channel = new BroadcastChannel("test-crew");
  channel.onmessage = async ({ data }) => {
    if (data === "ask") channel.postMessage({ answer: await ask() });
  };
}

/** At each expiry of this tab's token, everybody asks; resolves to what each tab got, round by round. */
export async function leadCrew(rounds, members) {
  const channel = new BroadcastChannel("test-crew");
  const all = [];
  while (all.length < rounds) {
    // By the clock, and not by one long timer.
    while (Date.now() <= auth.state.session.expiresAt) await new Promise((resolve) => setTimeout(resolve, 20));
    const answers = [];
    await new Promise((resolve) => {
      channel.onmessage = ({ data }) => {
        if ("answer" in Object(data) && answers.push(data.answer) === members) resolve();
      };
      channel.postMessage("ask");
    });
    all.push(answers);
  }
  channel.close();
  return all;
}

/** Asks ten times a second until a token comes, as an impatient app would; resolves to what it was told on the way. */
export async function pester(options) {
  const refusals = [];
  for (;;) {
    try {
      const token = await auth.getAccessToken(options);
      return { token, at: clock.true(), refusals };
    } catch (error) {
      const { code, retryable } = error;
      refusals.push({ at: clock.true(), code, retryable });
    }
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}
