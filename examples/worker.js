// A worker for Warren in Node: docs/workers.md says why each part is there.
// It reports nothing, because Node has no Unix datagram sockets: Warren goes by its consumer.
"use strict";

const amqp = require("amqplib");

async function work(text) {
  await new Promise((done) => setTimeout(done, 5)); // Stands for real work.
  return text.toUpperCase();
}

async function main() {
  const connection = await amqp.connect(process.env.WARREN_WORKER_BROKER_URL);
  const channel = await connection.createConfirmChannel();
  await channel.prefetch(1);

  let unroutable = false;
  channel.on("return", () => (unroutable = true)); // Comes before the confirmation.

  async function answer(message) {
    const { replyTo, correlationId, messageId, deliveryMode } = message.properties;
    const result = Buffer.from(await work(message.content.toString()));
    if (replyTo) {
      unroutable = false;
      channel.sendToQueue(replyTo, result, { correlationId, deliveryMode, mandatory: true });
      await channel.waitForConfirms(); // Throws where the broker refuses it.
      if (unroutable) console.log("nobody waits for the result of", messageId);
    }
    channel.ack(message);
  }

  let held = Promise.resolve(); // The one message that a prefetch of 1 allows.
  const { consumerTag } = await channel.consume(process.env.WARREN_WORKER_QUEUE, (message) => {
    if (!message) throw new Error("the queue is gone");
    held = answer(message);
  });

  process.once("SIGTERM", async () => {
    await channel.cancel(consumerTag);
    await held;
    await channel.close(); // Sends the last acknowledgement first.
    await connection.close();
  });
}

// What goes wrong ends the worker: what it held comes again, and the controller starts another.
for (const event of ["uncaughtException", "unhandledRejection"]) {
  process.on(event, (error) => {
    console.error(error);
    process.exit(1);
  });
}

main();
