-- What schema.prisma describes. Times are as Prisma writes them to SQLite.
CREATE TABLE IF NOT EXISTS "linked_account" (
  "id" INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
  "provider" TEXT NOT NULL,
  "providerAccountId" TEXT NOT NULL,
  "accessToken" TEXT,
  "expiresAt" DATETIME,
  "issuedAt" INTEGER NOT NULL,
  "tokenId" TEXT NOT NULL,
  "updatedAt" DATETIME NOT NULL
);

CREATE UNIQUE INDEX IF NOT EXISTS "linked_account_provider_providerAccountId_key"
  ON "linked_account" ("provider", "providerAccountId");
