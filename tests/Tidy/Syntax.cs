using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Monitoring.Tests.Tidy;

/// <summary>Questions to the syntax of one C# file; comments and strings never count.</summary>
public static class Syntax
{
    public static CompilationUnitSyntax Parse(SourceFile file) =>
        CSharpSyntaxTree.ParseText(file.Text).GetCompilationUnitRoot();

    /// <summary>The first line of a node, counted from 1.</summary>
    public static int LineOf(SyntaxNode node) =>
        node.GetLocation().GetLineSpan().StartLinePosition.Line + 1;

    public static int LineCount(SyntaxNode node)
    {
        var span = node.GetLocation().GetLineSpan();
        return span.EndLinePosition.Line - span.StartLinePosition.Line + 1;
    }

    /// <summary>Every dotted name in its longest form: usings, types and members.</summary>
    public static IEnumerable<(string Name, int Line)> DottedNames(SyntaxNode root) =>
        root.DescendantNodes()
            .Where(node => node is QualifiedNameSyntax or MemberAccessExpressionSyntax
                or IdentifierNameSyntax { Parent: UsingDirectiveSyntax })
            .Where(node => node.Parent is not (QualifiedNameSyntax or MemberAccessExpressionSyntax)
                && node.Parent is not BaseNamespaceDeclarationSyntax)
            .Select(node => (WithoutAlias(node.ToString()), LineOf(node)));

    /// <summary>Plain names that are used, not declared, and not a member of something.</summary>
    public static IEnumerable<(string Name, int Line)> FreeNames(SyntaxNode root) =>
        root.DescendantNodes().OfType<SimpleNameSyntax>()
            .Where(name => name.Parent is not MemberAccessExpressionSyntax member
                || member.Expression == name)
            .Select(name => (name.Identifier.ValueText, LineOf(name)));

    /// <summary>Names before a dot, as <c>File</c> in <c>File.Delete(path)</c>.</summary>
    public static IEnumerable<(string Name, int Line)> Receivers(SyntaxNode root) =>
        root.DescendantNodes().OfType<MemberAccessExpressionSyntax>()
            .Select(member => member.Expression).OfType<IdentifierNameSyntax>()
            .Select(name => (name.Identifier.ValueText, LineOf(name)));

    public static bool StartsWithName(string dotted, string prefix) =>
        dotted == prefix || dotted.StartsWith(prefix + ".", StringComparison.Ordinal);

    private static string WithoutAlias(string name) =>
        name.Replace("global::", "", StringComparison.Ordinal);
}
