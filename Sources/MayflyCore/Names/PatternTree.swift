/// A parsed pattern.
indirect enum PatternTree: Hashable {
    case set(PatternSet)
    case sequence([PatternTree])
    case oneOf([PatternTree])
    /// - Parameter most: nil for any number.
    case repeated(PatternTree, least: Int, most: Int?)

    /// More than any rule needs; it bounds what a text can cost.
    private static let longestProgram = 2000

    /// - Throws: when its repetitions multiply to too much.
    func program() throws(PatternError) -> [PatternInstruction] {
        var program: [PatternInstruction] = []
        try write(to: &program)
        program.append(.match)
        return program
    }

    private func write(to program: inout [PatternInstruction]) throws(PatternError) {
        guard program.count < Self.longestProgram else {
            throw PatternError("its repetitions multiply to too much")
        }
        switch self {
        case .set(let set): program.append(.scalar(set))
        case .sequence(let parts): for part in parts { try part.write(to: &program) }
        case .oneOf(let choices): try Self.write(choices[...], to: &program)
        case .repeated(let tree, let least, let most):
            for _ in 0..<least { try tree.write(to: &program) }
            guard let most else {
                let start = program.count
                program.append(.fork(start + 1, 0))
                try tree.write(to: &program)
                program.append(.jump(start))
                program[start] = .fork(start + 1, program.count)
                return
            }
            for _ in least..<most {
                let start = program.count
                program.append(.fork(start + 1, 0))
                try tree.write(to: &program)
                program[start] = .fork(start + 1, program.count)
            }
        }
    }

    private static func write(
        _ choices: ArraySlice<PatternTree>, to program: inout [PatternInstruction]
    ) throws(PatternError) {
        guard let first = choices.first else { return }
        guard choices.count > 1 else { return try first.write(to: &program) }
        let start = program.count
        program.append(.fork(start + 1, 0))
        try first.write(to: &program)
        let end = program.count
        program.append(.jump(0))
        program[start] = .fork(start + 1, program.count)
        try write(choices.dropFirst(), to: &program)
        program[end] = .jump(program.count)
    }
}
