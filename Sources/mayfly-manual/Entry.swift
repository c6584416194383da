import Foundation

/// Writes the manual pages of a command that is built with swift-argument-parser. For `Scripts/install`; not installed.
///
///     mayfly --experimental-dump-help | mayfly-manual 1 share/man/man1
///
/// Not swift-argument-parser's own plugin, which would set the examples of our help pages as running text.
@main enum Entry {
    static func main() throws {
        let arguments = CommandLine.arguments
        guard arguments.count == 3, let section = Int(arguments[1]) else {
            FileHandle.standardError.write(
                Data("usage: COMMAND --experimental-dump-help | mayfly-manual SECTION DIRECTORY\n".utf8))
            exit(64)
        }
        let input = try FileHandle.standardInput.readToEnd() ?? Data()
        let help = try JSONDecoder().decode(ToolHelp.self, from: input)
        for page in ManualPage(command: help.command, section: section).all {
            try Data(page.text.utf8).write(to: URL(filePath: arguments[2]).appending(path: page.fileName))
        }
    }
}
