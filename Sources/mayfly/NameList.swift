import ArgumentParser

/// Names in one option, separated by commas: `orders,sales.items`. A comma within double quotes belongs to a name. Each goes
/// to the daemon as it is written.
struct NameList: ExpressibleByArgument, Equatable {
    let names: [String]

    init?(argument: String) {
        var names: [String] = []
        var name = ""
        var isQuoted = false
        for character in argument {
            if character == "\"" { isQuoted.toggle() }
            if character == ",", !isQuoted {
                names.append(name)
                name = ""
            } else {
                name.append(character)
            }
        }
        names.append(name)
        self.names = names.map { $0.trimming(" ") }
        guard !isQuoted, self.names.allSatisfy({ !$0.isEmpty }) else { return nil }
    }

    /// As it is written in an option.
    var text: String { names.joined(separator: ",") }
}

extension String {
    fileprivate func trimming(_ blank: Character) -> String {
        String(drop(while: { $0 == blank }).reversed().drop(while: { $0 == blank }).reversed())
    }
}
