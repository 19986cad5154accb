/** The cryptographic building blocks compute in this browser what they compute natively. */

import { expect, test } from "../support/fixtures";

test("known answers of the kernels hold in the browser", async ({ page, server, recording }) => {
  await page.goto(server.url);
  await page.getByText("Check the cryptography of this browser").click();
  await page.getByRole("button", { name: "Run the tests" }).click();
  await expect(page.locator("[data-self-test]")).toHaveAttribute("data-self-test", "passed");
  const answer = (await recording.messages()).find((message) => message.type === "self-test");
  if (answer?.type !== "self-test") throw new Error("the worker gave no answers");
  expect(answer.checks.filter(({ ok }) => !ok)).toEqual([]);
  const names = answer.checks.map(({ name }) => name).join("; ");
  for (const kernel of [/AES/, /prg/i, /hash/i, /transpose/i, /ristretto/i]) expect(names).toMatch(kernel);
  console.log(`known answers on ${answer.platform}: ${names}`);
  expect(recording.problems).toEqual([]);
});
