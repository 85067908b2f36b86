using System.Runtime.CompilerServices;

namespace Monitoring.Wire;

/// <summary>
/// Checks that stay on in production, for what only a programming error can break.
/// </summary>
public static class Invariant
{
    public static void That(
        bool condition,
        [CallerArgumentExpression(nameof(condition))] string expression = "",
        [CallerFilePath] string file = "",
        [CallerLineNumber] int line = 0)
    {
        if (!condition)
        {
            throw new InvariantBrokenException(
                $"Broken invariant: {expression} ({Path.GetFileName(file)}:{line}).");
        }
    }
}

/// <summary>A programming error was found at run time; the operation did not happen.</summary>
public sealed class InvariantBrokenException(string message) : Exception(message);
