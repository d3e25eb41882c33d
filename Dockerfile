# Warren's three programs in one image: the controller, and the worker that it starts beside itself;
# the producer for trying it out. For a worker of yours, build an image from this one.
#   docker build -t warren .

FROM rust:1.95-slim-bookworm AS build
WORKDIR /src
COPY . .
# The caches stay with the builder, so the programs are moved out of the target directory.
RUN --mount=type=cache,target=/usr/local/cargo/registry \
    --mount=type=cache,target=/src/target \
    CARGO_PROFILE_DIST_STRIP=symbols \
    cargo build --profile dist --locked -p warren-controller -p warren-worker -p warren-producer \
    && mkdir /programs \
    && cp target/dist/warren-controller target/dist/warren-worker \
        target/dist/warren-producer /programs/

FROM debian:bookworm-slim
# The system's certificate authorities, for amqps:// without a ca_file; and an init process, which
# passes signals on and reaps what workers leave behind.
RUN apt-get update \
    && apt-get install --yes --no-install-recommends ca-certificates tini \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --system --uid 10001 --user-group --no-create-home warren \
    && install --directory --owner=warren --group=warren --mode=0750 /var/lib/warren
COPY --from=build /programs/ /usr/local/bin/
COPY config.toml /etc/warren/config.toml

# By number, so that Kubernetes can see that it is not root.
USER 10001:10001
WORKDIR /var/lib/warren
ENV WARREN_CONFIG=/etc/warren/config.toml
EXPOSE 9110
# SIGTERM reaches the controller alone, which drains its workers itself.
ENTRYPOINT ["tini", "--"]
CMD ["warren-controller", "run", "--listen", "0.0.0.0:9110", "--state-dir", "/var/lib/warren"]
