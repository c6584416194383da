import MayflyCore

/// Where a server is: names and addresses, or one Unix socket.
enum HostList {
    /// What a socket's path depends on.
    struct Place {
        let family: EngineFamily
        let port: Int
    }

    enum Kind: Equatable {
        case socket
        case loopback
        case network
    }

    /// - Parameter field: a list, or one host by itself.
    static func read(_ field: Field, at place: Place) -> [String]? {
        let items: [Field]
        if field.isScalar {
            items = [field]
        } else {
            guard let list = field.list(of: "hosts") else { return nil }
            items = list
        }
        var hosts: [String] = []
        for item in items {
            guard let host = readHost(item, at: place) else { continue }
            if hosts.contains(host) {
                item.error("\(item.shown(host)) is named twice", fix: "keep one")
            } else {
                hosts.append(host)
            }
        }
        if items.count > 1, hosts.contains(where: { $0.hasPrefix("/") }) {
            field.error("a socket stands alone", fix: "name the socket only, or hosts only")
            return nil
        }
        return hosts.count == items.count ? hosts : nil
    }

    static func kind(of hosts: [String]) -> Kind {
        if hosts.contains(where: { $0.hasPrefix("/") }) { return .socket }
        return hosts.allSatisfy(Loopback.contains) ? .loopback : .network
    }

    private static func readHost(_ field: Field, at place: Place) -> String? {
        guard let text = field.string("a host") else { return nil }
        if text.hasPrefix("/") {
            guard let path = PathValue.read(field) else { return nil }
            let socket =
                switch place.family {
                case .postgresql: "\(path)/.s.PGSQL.\(place.port)"
                case .mysql: path
                }
            guard socket.utf8.count <= PathValue.longestSocketPath else {
                field.error(
                    "the socket's path\(socket == path ? "" : " in it") has \(socket.utf8.count) bytes",
                    fix: "a socket's path has at most \(PathValue.longestSocketPath)")
                return nil
            }
            return path
        }
        // A comma would be a list to libpq, an @ an abstract socket, and a slash a URL.
        let isPlain = text.unicodeScalars.allSatisfy {
            $0.isASCII
                && ($0.properties.isAlphabetic || ("0"..."9").contains($0)
                    || "._-:".unicodeScalars.contains($0))
        }
        guard isPlain, text.utf8.count <= 253, !text.hasPrefix("-") else {
            field.error(
                "\(field.shown(text)) is not a host",
                fix: "a name, an address, or \(place.family.socket); the port has a key of its own")
            return nil
        }
        if text.filter({ $0 == ":" }).count == 1 {
            field.error("\(field.shown(text)) names a port", fix: "the port has a key of its own: port")
            return nil
        }
        return text
    }
}
