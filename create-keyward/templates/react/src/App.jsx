import { useAuth } from "keyward/react";

export function App() {
  const { status, user, session, error, signIn, signOut } = useAuth();
  if (status === "loading") return null;
  if (error) console.error(error);
  if (status !== "signed_in") return <button onClick={() => signIn()}>Sign in</button>;
  return (
    <p>
      Hello, {user?.name ?? session.subject} <button onClick={() => signOut()}>Sign out</button>
    </p>
  );
}
