import type { Socket } from "node:net";
import { createServer, type TLSSocket } from "node:tls";
import { explainTlsFailure } from "../../../tls/explain-tls-failure.ts";
import { secureContextOptions, type TlsMaterial } from "../../../tls/tls-material.ts";
import type { CertificateNames } from "./arrival.ts";
import { certificateNames } from "./certificate-names.ts";

export interface TlsLayerOptions {
  /** Checked before: an empty list of client CAs would make Node trust the public ones. */
  material: TlsMaterial;
  /** Turn away whoever has no certificate that `clientCa` vouches for. */
  requireClientCertificate: boolean;
  /** Runs what may throw; the connection ends when it does. */
  contain(socket: Socket, action: () => void): void;
  /** The handshake is done. The names are there for a certificate that was verified, and for no other. */
  onSecure(socket: TLSSocket, certificate: CertificateNames | undefined): void;
  /** The client has shown a certificate that is not heeded. */
  onUnverified(socket: TLSSocket, detail: string): void;
  onFailed(socket: TLSSocket, detail: string): void;
}

export interface TlsLayer {
  /** Takes a connection over for its handshake. There is no deadline here. */
  take(socket: Socket): void;
  /** From now on handshakes are made with these; connections that stand are not touched. Throws for unusable ones. */
  renew(material: TlsMaterial): void;
}

/** TLS from version 1.2 on, as a server. */
export function createTlsLayer(options: TlsLayerOptions): TlsLayer {
  const { material, requireClientCertificate, contain, onFailed, onSecure, onUnverified } = options;
  const server = createServer({
    ...secureContextOptions(material),
    requestCert: material.clientCa !== undefined,
    // Node would close without a word to us; a certificate that is not good is dealt with below.
    rejectUnauthorized: false,
  });
  server.on("secureConnection", (socket) => contain(socket, () => welcome(socket)));
  server.on("tlsClientError", (error, socket) => {
    onFailed(socket, explainTlsFailure(error));
    socket.destroy();
  });
  function welcome(socket: TLSSocket): void {
    // Before TLS 1.3 a client could make us compute handshakes without end.
    socket.disableRenegotiation();
    const certificate = socket.getPeerX509Certificate();
    if (socket.authorized && certificate !== undefined) {
      onSecure(socket, certificateNames(certificate));
      return;
    }
    const problem = certificate === undefined ? "none was sent" : String(socket.authorizationError);
    if (requireClientCertificate) {
      onFailed(socket, `TLS: a client certificate is required: ${problem}`);
      socket.destroy();
      return;
    }
    if (certificate !== undefined) onUnverified(socket, `TLS: the client certificate is not heeded: ${problem}`);
    onSecure(socket, undefined);
  }
  return {
    take: (socket) => void server.emit("connection", socket),
    renew: (renewed) => server.setSecureContext(secureContextOptions(renewed)),
  };
}
