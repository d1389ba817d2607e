# The response of every head as a mixed model with crossed random effects, beside the test of `analyze`.
#
#   Rscript mixed_model.R DIR [KIND [QUERY [RANDOM]]]      DIR: what `analyze` wrote, for a crossed design
#                                                          KIND and QUERY: cross and decision by default
#                                                          RANDOM: units (default), by-class, segments
# Needs lme4 (CRAN; Debian: r-cran-lme4). With lmerTest, p is by Satterthwaite's degrees of freedom, else by likelihood
# ratio, which is too small where suffixes are few.

suppressPackageStartupMessages(library(lme4))
options(width = 120)

read_events <- function(dir, kind = "cross", query = "decision") {
  d <- read.csv(file.path(dir, "events.csv.gz"), encoding = "UTF-8", stringsAsFactors = FALSE)
  d <- d[d$kind == kind & d$query == query & d$status == "applied" & d$cell != "", ]
  if (nrow(d) == 0) stop("no events of ", kind, ", query ", query, ", in a cell in ", dir, call. = FALSE)
  if (any(is.na(d$suffix) | d$suffix == "")) {
    stop("no suffixes: real words have a 2 x 2 of their own, and no crossed design", call. = FALSE)
  }
  # deviation coding: the interaction is the double difference, and main effects are at the mean of the other factor
  d$undergoes <- ifelse(substr(d$cell, 1, 1) == "T", 0.5, -0.5)
  d$triggers <- ifelse(substr(d$cell, 2, 2) == "R", 0.5, -0.5)
  # the same by class, for variances that differ between classes
  d$T <- as.numeric(d$undergoes > 0)
  d$C <- 1 - d$T
  d$R <- as.numeric(d$triggers > 0)
  d$N <- 1 - d$R
  d
}

# A stem is T or C and stands with every suffix, so only `triggers` varies within stems; a suffix is R or N and stands with
# every stem, so only `undergoes` varies within suffixes. These are all the slopes that the design allows.
slopes <- list(
  units = "(1 + triggers || stem) + (1 + undergoes || suffix)",
  # each class has variances of its own, as in the test of `analyze`
  `by-class` = paste(
    "(0 + T + T:triggers + C + C:triggers || stem)",
    "(0 + R + R:undergoes + N + N:undergoes || suffix)", sep = " + "
  ),
  # the segments of the classes are random, too: `target` and `trigger` are the segments themselves
  segments = paste(
    "(1 + triggers || stem) + (1 + undergoes || suffix)",
    "(1 + triggers || target) + (1 + undergoes || trigger)", sep = " + "
  )
)

formula_of <- function(random, fixed = "undergoes * triggers") {
  as.formula(paste("log_odds ~", fixed, "+", slopes[[random]]))
}

fit_head <- function(d, random = "units") {
  nothing <- data.frame(estimate = NA, se = NA, df = NA, t = NA, p = NA, singular = NA)
  if (sd(d$log_odds) < 1e-6) return(nothing) # a head that never moves
  satterthwaite <- requireNamespace("lmerTest", quietly = TRUE)
  lmer_ <- if (satterthwaite) lmerTest::lmer else lme4::lmer
  control <- lmerControl(optimizer = "bobyqa", check.conv.singular = "ignore")
  m <- suppressWarnings(lmer_(formula_of(random), d, control = control))
  row <- coef(summary(m))["undergoes:triggers", ]
  t <- row[["t value"]]
  if (satterthwaite) {
    df <- row[["df"]]
    p <- pt(t, df, lower.tail = FALSE) # one-sided, as the test of `analyze`: more, not less
  } else {
    df <- NA
    m0 <- suppressWarnings(
      lme4::lmer(formula_of(random, "undergoes + triggers"), d, REML = FALSE, control = control)
    )
    both <- anova(m0, refitML(m))[2, "Pr(>Chisq)"]
    p <- if (t > 0) both / 2 else 1 - both / 2
  }
  data.frame(estimate = row[["Estimate"]], se = row[["Std. Error"]], df = df, t = t, p = p, singular = isSingular(m))
}

mixed_models <- function(dir, kind = "cross", query = "decision", random = "units") {
  if (!random %in% names(slopes)) {
    stop("unknown ", random, "; known: ", paste(names(slopes), collapse = ", "), call. = FALSE)
  }
  d <- read_events(dir, kind, query)
  heads <- unique(d[c("layer", "head")])
  heads <- heads[order(heads$layer, heads$head), ]
  fits <- lapply(seq_len(nrow(heads)), function(n) {
    cbind(heads[n, ], fit_head(d[d$layer == heads$layer[n] & d$head == heads$head[n], ], random))
  })
  found <- do.call(rbind, fits)
  found$p_holm <- p.adjust(found$p, "holm")
  tests <- read.csv(file.path(dir, "heads.csv"), stringsAsFactors = FALSE)
  tests <- tests[tests$contrast == "response" & tests$kind == kind & tests$query == query, ]
  tests <- setNames(
    tests[c("layer", "head", "estimate_log_odds", "se", "df", "p", "p_segments", "claim")],
    c("layer", "head", "test_estimate", "test_se", "test_df", "test_p", "test_p_segments", "claim")
  )
  found <- merge(found, tests, sort = FALSE)
  found[order(-found$estimate), ]
}

if (sys.nframe() == 0) {
  arguments <- commandArgs(trailingOnly = TRUE)
  if (!length(arguments) %in% 1:4) {
    message("usage: Rscript mixed_model.R DIR [cross|encoder|decoder [decision|following|target [",
            paste(names(slopes), collapse = "|"), "]]]")
    quit(status = 2)
  }
  found <- tryCatch(do.call(mixed_models, as.list(arguments)), error = function(problem) {
    message("error: ", conditionMessage(problem))
    quit(status = 2)
  })
  found$head <- paste0(found$layer, ".", found$head)
  found$layer <- found$p <- found$t <- NULL
  random <- if (length(arguments) == 4) arguments[4] else "units"
  beside <- c("test_estimate", "test_se", "test_df", "test_p")
  found[if (random == "segments") beside else "test_p_segments"] <- NULL
  for (name in names(found)) {
    if (grepl("p_|_p", name)) found[[name]] <- format.pval(found[[name]], digits = 2, eps = 1e-4)
    if (grepl("estimate|se$", name)) found[[name]] <- sprintf("%.3f", found[[name]])
    if (grepl("df$", name)) found[[name]] <- sprintf("%.1f", found[[name]])
  }
  print(found, row.names = FALSE)
}
