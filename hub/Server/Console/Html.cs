using System.Net;

namespace Monitoring.Server.Console;

/// <summary>
/// Text that is HTML already. All other text is encoded when it is put into a template, so
/// nothing that came from outside can become a tag.
/// </summary>
public readonly record struct Html
{
    private readonly string? _text;

    private Html(string text) => _text = text;

    public static Html Empty => default;

    /// <summary>The template with every hole encoded, but for holes that are HTML.</summary>
    public static Html Of(FormattableString template)
    {
        var holes = template.GetArguments().Select(hole => hole switch
        {
            Html html => html.ToString(),
            IEnumerable<Html> many => string.Concat(many),
            _ => WebUtility.HtmlEncode(FormattableString.Invariant($"{hole}")),
        });
        return new Html(string.Format(template.Format, [.. holes]));
    }

    /// <summary>For text of the program's own, such as its style sheet.</summary>
    public static Html OwnText(string text) => new(text);

    public override string ToString() => _text ?? "";
}
