const port = process.env.APP_PORT;

export default {
  workers: 1,
  use: {
    baseURL: `http://localhost:${port}`,
    launchOptions: { executablePath: process.env.CHROMIUM, args: ["--no-sandbox"] },
  },
  webServer: { command: "node serve.js", port: Number(port) },
};
