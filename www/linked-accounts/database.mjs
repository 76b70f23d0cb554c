// The rows: one for each (provider, providerAccountId), with the newest grant's access token or none.

import { readFile } from "node:fs/promises";

import { PrismaLibSql } from "@prisma/adapter-libsql";
import prisma from "@prisma/client";

/** `url` as libsql has it: `file:accounts.db`, or `:memory:`. */
export async function openDatabase(url) {
  const client = new prisma.PrismaClient({ adapter: new PrismaLibSql({ url }) });
  const table = await readFile(new URL("prisma/table.sql", import.meta.url), "utf8");
  const statements = table.replace(/^--.*$/gm, "").split(";").filter((statement) => statement.trim() !== "");
  for (const statement of statements) await client.$executeRawUnsafe(statement);
  return new LinkedAccounts(client);
}

class LinkedAccounts {
  #client;

  constructor(client) {
    this.#client = client;
  }

  /**
   * A token that its owner has now. Whoever asks may ask twice, and late: a token replaces none that is younger, and a token
   * that was signed out does not come back. One statement decides, so two requests at once need no lock. Resolves to whether
   * the row has it now.
   */
  async store(account, { token, issuedAt, expiresAt, tokenId }) {
    const data = { accessToken: token, issuedAt, expiresAt, tokenId, updatedAt: new Date() };
    const isNewer = { OR: [{ issuedAt: { lt: issuedAt } }, { issuedAt, tokenId: { not: tokenId } }] };
    if (await this.#change(account, isNewer, data)) return true;
    return (await this.find(account))?.accessToken === token;
  }

  /**
   * This token is signed out, and every older one with it. A younger one is another grant's, and stays. Resolves to whether
   * that changed anything.
   */
  clear(account, { issuedAt, tokenId }) {
    const data = { accessToken: null, expiresAt: null, issuedAt, tokenId, updatedAt: new Date() };
    const isOlder = { OR: [{ tokenId, accessToken: { not: null } }, { issuedAt: { lt: issuedAt } }] };
    return this.#change(account, isOlder, data);
  }

  /** Makes the row so if it is as the condition says, or if there is none. */
  async #change(account, condition, data) {
    const { count } = await this.#client.linkedAccount.updateMany({ where: { ...account, ...condition }, data });
    if (count > 0) return true;
    try {
      await this.#client.linkedAccount.create({ data: { ...account, ...data } });
      return true;
    } catch (error) {
      // P2002: there is a row, and the condition does not hold for it.
      if (error.code !== "P2002") throw error;
      return false;
    }
  }

  find(account) {
    return this.#client.linkedAccount.findUnique({ where: { provider_providerAccountId: account } });
  }

  all() {
    return this.#client.linkedAccount.findMany({ orderBy: { id: "asc" } });
  }

  close() {
    return this.#client.$disconnect();
  }
}
