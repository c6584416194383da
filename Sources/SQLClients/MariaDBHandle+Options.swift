import CMariaDB

extension MariaDBHandle {
    /// Enough for name look-ups and OpenSSL, which run on it.
    private static let stackSize = 1 << 20

    /// Everything that an option file or a variable of the environment could set, and what keeps the password from
    /// whoever should not have it.
    func setOptions(
        _ parameters: MariaDBParameters, host: String, by deadline: ContinuousClock.Instant
    ) throws(Stop) {
        var stack = Self.stackSize
        try check(mysql_options(pointer, MYSQL_OPT_NONBLOCK, &stack))
        try set(MYSQL_SET_CHARSET_NAME, "utf8mb4")
        var transport = MariaDBParameters.isSocket(host) ? MYSQL_PROTOCOL_SOCKET : MYSQL_PROTOCOL_TCP
        try check(mysql_options(pointer, MYSQL_OPT_PROTOCOL, &transport))
        // In the TLS handshake the library takes this for milliseconds, elsewhere for seconds, and there our own
        // deadline comes first.
        let left = ContinuousClock.now.duration(to: deadline)
        guard left > .zero else { throw .timedOut }
        try set(MYSQL_OPT_CONNECT_TIMEOUT, CUnsignedInt(min(left.pollMilliseconds, 600_000)))
        // A server could otherwise ask for any file of ours.
        try set(MYSQL_OPT_LOCAL_INFILE, CUnsignedInt(0))
        try set(MYSQL_OPT_RECONNECT, CChar(0))
        // Begin with a method that proves the password; what the server may ask for instead is restricted.
        try set(MYSQL_DEFAULT_AUTH, "mysql_native_password")
        try set(
            MARIADB_OPT_RESTRICTED_AUTH, parameters.authenticationPlugins(host: host).joined(separator: ","))
        try setTLS(MariaDBParameters.isSocket(host) ? .disable : parameters.tls)
        try check(mysql_options(pointer, MYSQL_OPT_CONNECT_ATTR_RESET, nil))
        let name = CText("program_name")
        let value = CText(parameters.applicationName)
        try check(mysql_options4(pointer, MYSQL_OPT_CONNECT_ATTR_ADD, name.pointer, value.pointer))
    }

    private func setTLS(_ tls: ServerTLS) throws(Stop) {
        switch tls {
        case .verifyFull(let ca), .verifyCA(let ca): try set(MYSQL_OPT_SSL_CA, ca)
        case .require, .disable: break
        }
        let isOn = tls != .disable
        let verifiesName =
            switch tls {
            case .verifyFull: true
            case .verifyCA, .require, .disable: false
            }
        try set(MYSQL_OPT_SSL_ENFORCE, CChar(isOn ? 1 : 0))
        try set(MYSQL_OPT_SSL_VERIFY_SERVER_CERT, CChar(verifiesName ? 1 : 0))
        if isOn { try set(MARIADB_OPT_TLS_VERSION, "TLSv1.2,TLSv1.3") }
    }

    private func set(_ option: mysql_option, _ text: String) throws(Stop) {
        let value = CText(text)
        try check(mysql_options(pointer, option, value.pointer))
    }

    private func set(_ option: mysql_option, _ number: some FixedWidthInteger) throws(Stop) {
        var value = number
        try check(mysql_options(pointer, option, &value))
    }

    /// An option that the library doesn't take must not be one that we go without.
    private func check(_ code: CInt) throws(Stop) {
        guard code == 0 else {
            throw .failed(
                MariaDBReport(
                    number: .init(rawValue: 5009), sqlState: "HY000", message: "an option was refused"))
        }
    }
}
