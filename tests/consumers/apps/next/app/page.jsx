"use client";

import { useAuth } from "keyward/react";
import { useEffect, useState } from "react";

export default function Page() {
  const { status, user, error, signIn, getAccessToken } = useAuth();
  const [token, setToken] = useState("");
  useEffect(() => {
    if (status === "signed_in") getAccessToken({ forceRefresh: true }).then(() => setToken("refreshed"));
  }, [status]);
  return (
    <>
      <p id="status">{[status, user?.name, error?.message].filter(Boolean).join(" ")}</p>
      <p id="token">{token}</p>
      <button id="sign-in" onClick={() => signIn()}>Sign in</button>
    </>
  );
}
