import keyward from "keyward/vite";

export default { plugins: [keyward()] };
