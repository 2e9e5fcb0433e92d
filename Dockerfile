# syntax=docker/dockerfile:1
# Two images, both static and without a shell, run by nobody in particular:
#     docker build --target meshlint .           meshlint
#     docker build --target meshlint-render .    meshlint with kustomize and helm (what a plain `docker build .` makes)
#     docker run --rm -v "$PWD:/work:ro" IMAGE ./clusters

FROM rust:1.95-alpine AS build
RUN apk add --no-cache gcc musl-dev
WORKDIR /src
COPY . .
RUN cargo install --locked --path . --root /out

# The versions that the tests run with, checked against Go's checksum database.
FROM golang:1.26-alpine AS tools
ENV CGO_ENABLED=0 GOBIN=/out
RUN go install sigs.k8s.io/kustomize/kustomize/v5@v5.8.1 \
    && go install helm.sh/helm/v3/cmd/helm@v3.22.0

FROM gcr.io/distroless/static-debian12:nonroot AS meshlint
COPY --from=build /out/bin/meshlint /usr/local/bin/meshlint
USER 65532:65532
WORKDIR /work
ENTRYPOINT ["/usr/local/bin/meshlint"]

FROM meshlint AS meshlint-render
COPY --from=tools /out/kustomize /usr/local/bin/kustomize
COPY --from=tools /out/helm /usr/local/bin/helm
USER 65532:65532
ENTRYPOINT ["/usr/local/bin/meshlint"]
