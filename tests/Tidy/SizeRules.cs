using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Monitoring.Tests.Tidy;

/// <summary>What fits on a screen can be read. No file and no function is exempt.</summary>
public static class SizeRules
{
    private const int FunctionLinesMax = 70;
    private const int FileLinesMax = 500;
    private const int LineColumnsMax = 100;
    private const int ParametersMax = 7;

    public static IEnumerable<Finding> Functions(Repository repository) =>
        from file in repository.CSharp
        from node in Syntax.Parse(file).DescendantNodes()
        where IsFunction(node) && Syntax.LineCount(node) > FunctionLinesMax
        select new Finding(file.Path, Syntax.LineOf(node),
            $"a function of {Syntax.LineCount(node)} lines; {FunctionLinesMax} are allowed");

    /// <summary>Statements without a function around them are one function.</summary>
    public static IEnumerable<Finding> TopLevelStatements(Repository repository) =>
        from file in repository.CSharp
        let statements = Syntax.Parse(file).Members.OfType<GlobalStatementSyntax>()
            .Where(member => member.Statement is not LocalFunctionStatementSyntax).ToList()
        where statements.Count > 0
        let lines = statements.Sum(Syntax.LineCount)
        where lines > FunctionLinesMax
        select new Finding(file.Path, Syntax.LineOf(statements[0]),
            $"top-level statements of {lines} lines; {FunctionLinesMax} are allowed");

    public static IEnumerable<Finding> Files(Repository repository) =>
        from file in repository.CSharp
        let count = file.Lines.Length - (file.Lines[^1].Length == 0 ? 1 : 0)
        where count > FileLinesMax
        select new Finding(file.Path, 0, $"{count} lines; {FileLinesMax} are allowed");

    public static IEnumerable<Finding> Columns(Repository repository) =>
        from file in repository.CSharp
        from line in file.Lines.Index()
        let width = line.Item.TrimEnd('\r').EnumerateRunes().Count()
        where width > LineColumnsMax
        select new Finding(file.Path, line.Index + 1,
            $"{width} columns; {LineColumnsMax} are allowed");

    /// <summary>The positions of a record are its fields, not parameters of a function.</summary>
    public static IEnumerable<Finding> Parameters(Repository repository) =>
        from file in repository.CSharp
        from list in Syntax.Parse(file).DescendantNodes().OfType<ParameterListSyntax>()
        where list.Parent is not RecordDeclarationSyntax && list.Parameters.Count > ParametersMax
        select new Finding(file.Path, Syntax.LineOf(list),
            $"{list.Parameters.Count} parameters; {ParametersMax} are allowed");

    private static bool IsFunction(SyntaxNode node) =>
        node is BaseMethodDeclarationSyntax or AccessorDeclarationSyntax
            or LocalFunctionStatementSyntax or AnonymousFunctionExpressionSyntax
            or PropertyDeclarationSyntax { ExpressionBody: not null };
}
